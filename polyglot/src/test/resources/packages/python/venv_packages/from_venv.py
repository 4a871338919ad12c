WHERE = "venv"
