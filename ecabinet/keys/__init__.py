"""Where private keys live, and the certificates made for them."""
