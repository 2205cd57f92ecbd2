"""What the law asks to be written down of the processing: tables of what is stored where and for how long, generated.

`docs/registre.md` and `docs/aipd.md` hold them between marks; all around is written by people. What a table of a
database holds, and until when, is said in `stored.csv`, one line a table: a table that is not there is refused.
"""
