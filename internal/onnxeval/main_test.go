package onnxeval

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain makes sure that no goroutine is left behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
