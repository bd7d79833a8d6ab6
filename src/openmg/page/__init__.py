"""The page room: what every report is made of, its words, markup, charts, pictures and shell."""
