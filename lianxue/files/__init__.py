"""Files that people attach; whichever app refers to one hands it out."""
