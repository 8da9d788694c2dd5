module ledger.example

go 1.22

require coins.example/coins v1.2.0
