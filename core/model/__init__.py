"""The STA-LSTM and the folders that hold trained ones."""
