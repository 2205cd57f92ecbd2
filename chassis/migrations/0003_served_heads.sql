CREATE TABLE served_heads (
	head TEXT NOT NULL,
	CONSTRAINT pk_served_heads PRIMARY KEY (head)
);
