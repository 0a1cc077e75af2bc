"""cXML at a JAGGAER connection: what partners send to it, and what they are told. Imported apart from the rest."""
