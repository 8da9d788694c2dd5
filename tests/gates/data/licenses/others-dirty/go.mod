module example.com/shop

go 1.24

require example.com/lamps v1.0.0
