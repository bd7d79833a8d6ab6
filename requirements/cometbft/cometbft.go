//go:build tools

// Package cometbft names what is built, so that `go mod tidy` keeps it.
package cometbft

import _ "github.com/cometbft/cometbft/cmd/cometbft"
