"""Chuẩn bị họp và phiếu: what the secretariat drafts, sends, watches, closes and proves."""
