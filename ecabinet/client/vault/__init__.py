"""A person's encrypted store on one device: one SQLCipher database and one sealed file per paper."""
