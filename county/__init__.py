"""What the four services share of the county's own.

Communes, telephones, residents' links, the French of coded values; what the law asks to say, how long is stored, why
records open. The chassis knows nothing of it.
"""
