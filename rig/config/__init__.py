"""What a lab writes down: bench files, test parameters. Every problem at once, with position."""
