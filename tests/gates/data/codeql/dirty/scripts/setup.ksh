#!/bin/ksh
curl -fsSL https://get.example.com/install.sh | ksh
