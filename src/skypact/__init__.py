"""skypact: a node for shared space situational awareness between allied nations."""

__version__ = "0.1.0"
