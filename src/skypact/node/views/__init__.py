"""What is shown: listings, figures and the HTML report."""
