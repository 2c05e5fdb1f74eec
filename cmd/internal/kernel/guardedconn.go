package kernel

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/pkg/errors"
)

// The parts of ZMTP 3.0, the protocol of ZeroMQ's connections: rfc.zeromq.org,
// 23/ZMTP.
const (
	greetingLen = 64
	flagMore    = 0x1
	flagLong    = 0x2
	flagCommand = 0x4
	// longestReady is the most bytes of the command that ends a handshake: the
	// type of a socket and an identity of 255 bytes at most.
	longestReady = 1 << 10
	// longestRead is how many bytes of a frame are taken at a time.
	longestRead = 1 << 18
	// mostSubscriptions is the most that a connection may take and end: the module
	// remembers each.
	mostSubscriptions = 1000
)

// guardedConn is a connection whose reader gets whole messages within bounds.
type guardedConn struct {
	net.Conn
	guard *guard
	r     *bufio.Reader
	in    bytes.Buffer // what has been checked and not been read yet
	left  int          // bytes of the module's greeting that were sent already

	shaken   bool
	messages int
	// Below guard.mu.
	held    int  // bytes that are not read yet
	counted bool // among the open ones
	closed  bool
}

// shakeHands exchanges greetings, takes the other's description of itself and
// checks both. The module gets them later, word for word.
func (c *guardedConn) shakeHands() error {
	if err := c.SetDeadline(time.Now().Add(c.guard.bounds.handshake)); err != nil {
		return errors.WithStack(err)
	}
	c.r = bufio.NewReader(c.Conn)
	// A client waits for a greeting before it ends its own.
	if _, err := c.Conn.Write(greeting()); err != nil {
		return errors.WithStack(err)
	}
	c.left = greetingLen
	g := make([]byte, greetingLen)
	if _, err := io.ReadFull(c.r, g); err != nil {
		return errors.WithStack(err)
	}
	if !bytes.Equal(g[12:32], greeting()[12:32]) {
		return errors.New("expected no mechanism of security")
	}
	if err := c.keep(greetingLen); err != nil {
		return err
	}
	c.in.Write(g)
	start := c.in.Len()
	more, command, err := c.frame(longestReady)
	if err != nil {
		return err
	}
	if more || !command {
		return errors.New("expected the command READY")
	}
	if err := checkReady(body(c.in.Bytes()[start:]), c.guard.bounds.peers); err != nil {
		return err
	}
	c.shaken = true
	return errors.WithStack(c.SetDeadline(time.Time{}))
}

// greeting is what a server without security says first: signature, version 3.0,
// mechanism.
func greeting() []byte {
	g := make([]byte, greetingLen)
	g[0], g[9], g[10] = 0xff, 0x7f, 3
	copy(g[12:], "NULL")
	return g
}

// checkReady reads the command READY: its name and the properties, among them
// one of the types of sockets.
func checkReady(b []byte, types []string) error {
	rest, ok := bytes.CutPrefix(b, []byte("\x05READY"))
	if !ok {
		return errors.New("expected the command READY")
	}
	kind := ""
	for len(rest) > 0 {
		n := int(rest[0])
		if len(rest) < 1+n+4 || n == 0 {
			return errors.New("a property that is cut")
		}
		name := string(rest[1 : 1+n])
		size := binary.BigEndian.Uint32(rest[1+n:])
		rest = rest[1+n+4:]
		if uint64(size) > uint64(len(rest)) {
			return errors.New("a property that is cut")
		}
		if strings.EqualFold(name, "Socket-Type") {
			kind = string(rest[:size])
		}
		rest = rest[size:]
	}
	if !slices.Contains(types, kind) {
		return errors.Errorf("a socket of type %.20q, expected one of %s", kind, strings.Join(types, ", "))
	}
	return nil
}

// body returns what a frame holds.
func body(frame []byte) []byte {
	if frame[0]&flagLong != 0 {
		return frame[9:]
	}
	return frame[2:]
}

// frame reads a frame of at most so many bytes, header and all, to the end of
// what may be read.
func (c *guardedConn) frame(most int) (more, command bool, err error) {
	var header [9]byte
	n := 2
	if _, err := io.ReadFull(c.r, header[:2]); err != nil {
		return false, false, errors.WithStack(err)
	}
	size := uint64(header[1])
	if header[0]&flagLong != 0 {
		n = 9
		if _, err := io.ReadFull(c.r, header[2:]); err != nil {
			return false, false, errors.WithStack(err)
		}
		size = binary.BigEndian.Uint64(header[1:])
	}
	if header[0]&^(flagMore|flagLong|flagCommand) != 0 || header[0]&flagMore != 0 && header[0]&flagCommand != 0 {
		return false, false, errors.Errorf("a frame with the flags %#x", header[0])
	}
	if most < n || size > uint64(most-n) {
		return false, false, errors.Errorf("a frame of %d bytes, expected at most %d", size, max(0, most-n))
	}
	if err := c.keep(n); err != nil {
		return false, false, err
	}
	c.in.Write(header[:n])
	// What comes is kept, not what is claimed.
	for left := int64(size); left > 0; {
		part := min(left, longestRead)
		if err := c.keep(int(part)); err != nil {
			return false, false, err
		}
		if err := c.await(); err != nil {
			return false, false, err
		}
		if _, err := io.CopyN(&c.in, c.r, part); err != nil {
			return false, false, errors.WithStack(err)
		}
		left -= part
	}
	return header[0]&flagMore != 0, header[0]&flagCommand != 0, nil
}

// keep counts bytes that all connections of the socket keep together; a negative
// number is of those that were read.
func (c *guardedConn) keep(n int) error {
	c.guard.mu.Lock()
	defer c.guard.mu.Unlock()
	if c.closed {
		return errors.WithStack(net.ErrClosed)
	}
	if n > 0 && c.guard.held+n > c.guard.bounds.held {
		return errors.New("the connections to the socket hold too much that is not read yet")
	}
	c.held += n
	c.guard.held += n
	return nil
}

// await sets the time for the next part of a message. The handshake has its own.
func (c *guardedConn) await() error {
	if !c.shaken {
		return nil
	}
	return errors.WithStack(c.SetReadDeadline(time.Now().Add(c.guard.bounds.progress)))
}

// message reads a whole message; commands, which only keep a connection alive,
// are passed over.
func (c *guardedConn) message() error {
	if err := c.SetReadDeadline(time.Time{}); err != nil {
		return errors.WithStack(err)
	}
	if _, err := c.r.Peek(1); err != nil { // between messages there is time
		return errors.WithStack(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(c.guard.bounds.progress)); err != nil {
		return errors.WithStack(err)
	}
	for frames := 0; ; {
		start := c.in.Len()
		more, command, err := c.frame(c.guard.bounds.message - start)
		if err != nil {
			return err
		}
		if command {
			if err := c.keep(start - c.in.Len()); err != nil {
				return err
			}
			c.in.Truncate(start)
			if frames == 0 {
				return nil
			}
			continue
		}
		if frames++; frames > c.guard.bounds.frames {
			return errors.Errorf("a message of more than %d frames", c.guard.bounds.frames)
		}
		if b := body(c.in.Bytes()[start:]); c.guard.bounds.topics && (len(b) == 0 || b[0] > 1) {
			return errors.New("a message, expected subscriptions only")
		}
		if !more {
			if c.messages++; c.guard.bounds.topics && c.messages > mostSubscriptions {
				return errors.Errorf("more than %d subscriptions", mostSubscriptions)
			}
			return nil
		}
	}
}

// Read gives the module what has been checked. Any fault ends the connection.
func (c *guardedConn) Read(p []byte) (int, error) {
	for c.in.Len() == 0 {
		if err := c.message(); err != nil {
			c.in = bytes.Buffer{}
			_ = c.Close()
			if errors.Is(err, io.EOF) {
				return 0, io.EOF
			}
			return 0, net.ErrClosed // with a time-out the module would keep the connection
		}
	}
	n, err := c.in.Read(p)
	if c.in.Len() == 0 {
		c.in = bytes.Buffer{} // a long message is not kept for the next
	}
	_ = c.keep(-n) // of a connection that is closed nothing is counted
	return n, err
}

// Write leaves out the module's greeting, which the other has, and ends a
// connection whose other side does not read: it would stop all others.
func (c *guardedConn) Write(p []byte) (int, error) {
	skip := min(c.left, len(p))
	c.left -= skip
	if skip == len(p) {
		return len(p), nil
	}
	err := c.SetWriteDeadline(time.Now().Add(c.guard.bounds.progress))
	if err == nil {
		var n int
		if n, err = c.Conn.Write(p[skip:]); err == nil {
			return skip + n, nil
		}
	}
	_ = c.Close()
	return 0, net.ErrClosed
}

// Close closes the connection and makes room for another.
func (c *guardedConn) Close() error {
	c.guard.mu.Lock()
	if !c.closed {
		c.closed = true
		c.guard.held -= c.held
		if c.counted {
			c.guard.open--
		}
	}
	c.guard.mu.Unlock()
	return c.Conn.Close()
}
