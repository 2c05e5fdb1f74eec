package kernel

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain makes sure that no goroutine is left behind but those that the
// ZeroMQ module keeps for each socket, closed or not: it signals them and does
// not wait. A process has one kernel.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/go-zeromq/zmq4.(*socket).connReaper"),
		goleak.IgnoreAnyFunction("github.com/go-zeromq/zmq4.(*pubMWriter).run"),
	)
}
