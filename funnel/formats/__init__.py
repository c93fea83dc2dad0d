"""How each language writes dates here: one package a language, as FORMAT_MODULE_PATH wants it."""
