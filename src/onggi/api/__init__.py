"""The verbs behind `import onggi`."""
