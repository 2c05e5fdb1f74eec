package kernel

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/transport"
	"github.com/pkg/errors"
)

// The ZeroMQ module believes what a connection claims: it takes the memory of a
// frame before its bytes are there, keeps frames of a message without end, and
// waits for one handshake before it looks at the next connection. All of that is
// before a message's signature is looked at. So it never sees a connection: a
// guard shakes hands, reads whole messages within bounds, and hands those on.
// docs/decisions/009-guarded-sockets.md has the limits of the module.

// bounds are what connections to one socket may do.
type bounds struct {
	peers   []string // types of sockets that may connect
	message int      // most bytes of a message, with its headers
	frames  int      // most frames of a message
	// topics: only subscriptions come in.
	topics bool

	connections int           // most at a time
	pending     int           // most that have not shaken hands
	held        int           // most bytes of all messages that are not read yet
	handshake   time.Duration // for a handshake
	progress    time.Duration // for each part of a message, once it has begun, and for each write
}

// boundsOf returns the bounds of a transport; the name is that of the socket's
// type.
func boundsOf(socket string) bounds {
	b := bounds{connections: 128, pending: 32, held: 64 << 20, handshake: 5 * time.Second, progress: 30 * time.Second}
	switch socket {
	case "router":
		b.peers, b.message, b.frames = []string{"REQ", "DEALER", "ROUTER"}, 16<<20, 64
	case "pub":
		b.peers, b.message, b.frames, b.topics = []string{"SUB", "XSUB"}, 4<<10, 1, true
	case "rep":
		b.peers, b.message, b.frames = []string{"REQ", "DEALER"}, 4<<10, 8
	}
	return b
}

// guardedAddress registers the guarded transport of a socket's type and returns
// the address to listen on.
func guardedAddress(socket, network, address string) string {
	name := "guarded-" + socket + "-" + network
	under := map[string]string{"tcp": "tcp", "ipc": "unix"}[network]
	if under == "" { // the module says that it does not know it
		return network + "://" + address
	}
	// It has no state: one that is there already is the same.
	_ = zmq4.RegisterTransport(name, guarded{transport.New(under), boundsOf(socket)})
	return name + "://" + address
}

// guarded is a transport whose listeners are guarded.
type guarded struct {
	transport.Transport
	bounds bounds
}

func (g guarded) Listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := g.Transport.Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	return newGuard(l, g.bounds), nil
}

// guard is a listener that accepts connections which have shaken hands.
type guard struct {
	net.Listener
	bounds bounds
	ready  chan net.Conn
	done   chan struct{}
	tasks  sync.WaitGroup

	mu      sync.Mutex
	pending []net.Conn // before their handshake, the oldest first
	open    int        // behind it
	held    int        // bytes that are not read yet
	closed  bool
}

func newGuard(l net.Listener, b bounds) *guard {
	g := &guard{Listener: l, bounds: b, ready: make(chan net.Conn), done: make(chan struct{})}
	g.tasks.Go(g.listen)
	return g
}

// listen shakes hands with each connection on its own. Where too many have not
// done so, the oldest of them goes.
func (g *guard) listen() {
	pause := time.Millisecond
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			if g.isClosed() {
				return
			}
			// Out of files, most likely: some become free.
			time.Sleep(pause)
			pause = min(2*pause, time.Second)
			continue
		}
		pause = time.Millisecond
		if !g.begin(c) {
			_ = c.Close()
			continue
		}
		g.tasks.Go(func() { g.handshake(c) })
	}
}

func (g *guard) handshake(c net.Conn) {
	r := &guardedConn{Conn: c, guard: g}
	if err := r.shakeHands(); !g.end(r, err == nil) {
		_ = r.Close()
		return
	}
	select {
	case g.ready <- r:
	case <-g.done:
		_ = r.Close()
	}
}

// begin counts a connection that has not shaken hands; it is false once the
// guard is closed.
func (g *guard) begin(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	if len(g.pending) == g.bounds.pending {
		_ = g.pending[0].Close()
		g.pending = g.pending[1:]
	}
	g.pending = append(g.pending, c)
	return true
}

// end says that a handshake is over and whether the connection stays.
func (g *guard) end(c *guardedConn, good bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, p := range g.pending {
		if p == c.Conn {
			g.pending = append(g.pending[:i:i], g.pending[i+1:]...)
			break
		}
	}
	if !good || g.closed || g.open == g.bounds.connections {
		return false
	}
	g.open++
	c.counted = true
	return true
}

func (g *guard) isClosed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

// Accept returns the next connection that has shaken hands.
func (g *guard) Accept() (net.Conn, error) {
	select {
	case c := <-g.ready:
		return c, nil
	case <-g.done:
		return nil, errors.WithStack(net.ErrClosed)
	}
}

// Close closes the listener and the connections that have not shaken hands.
func (g *guard) Close() error {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return nil
	}
	g.closed = true
	close(g.done)
	for _, c := range g.pending {
		_ = c.Close()
	}
	g.mu.Unlock()
	err := g.Listener.Close()
	g.tasks.Wait()
	return err
}
