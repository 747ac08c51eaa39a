module peeratlas

go 1.26
