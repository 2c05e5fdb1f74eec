package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"strconv"
	"sync"

	"github.com/go-zeromq/zmq4"
	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/regular"
)

// Connection is the file by which Jupyter says where to listen.
type Connection struct {
	Transport string `json:"transport"`
	IP        string `json:"ip"`
	Key       string `json:"key"`
	Scheme    string `json:"signature_scheme"`
	Shell     int    `json:"shell_port"`
	Control   int    `json:"control_port"`
	Stdin     int    `json:"stdin_port"`
	IOPub     int    `json:"iopub_port"`
	Heartbeat int    `json:"hb_port"`
}

// ReadConnection reads a connection file.
func ReadConnection(path string) (Connection, error) {
	var c Connection
	b, err := regular.ReadFile(path, 1<<20)
	if err != nil {
		return c, errors.Wrap(err, "read connection file")
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, errors.Wrapf(err, "read connection file %s", path)
	}
	if c.Scheme != "" && c.Scheme != "hmac-sha256" {
		return c, errors.Errorf("connection file %s: signature scheme %q, expected hmac-sha256", path, c.Scheme)
	}
	if c.Transport == "" || c.Shell == 0 || c.Control == 0 || c.IOPub == 0 || c.Heartbeat == 0 || c.Stdin == 0 {
		return c, errors.Errorf("connection file %s: expected transport, ip and five ports", path)
	}
	for _, port := range []int{c.Shell, c.Control, c.Stdin, c.IOPub, c.Heartbeat} {
		if port < 1 || port > math.MaxUint16 {
			return c, errors.Errorf("connection file %s: port %d, expected 1 to %d", path, port, math.MaxUint16)
		}
	}
	return c, nil
}

// socket is a ZeroMQ socket that several goroutines may send on.
type socket struct {
	mu sync.Mutex
	zmq4.Socket
}

func (s *socket) send(frames [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.SendMulti(zmq4.NewMsgFrom(frames...))
}

// sockets are the five of a kernel.
type sockets struct {
	shell, control, stdin, iopub, heartbeat *socket
}

// listen opens the sockets.
func listen(ctx context.Context, c Connection) (*sockets, error) {
	// Front ends try ports by opening and closing them: no news.
	quiet := zmq4.WithLogger(log.New(io.Discard, "", 0))
	s := &sockets{
		shell: &socket{Socket: zmq4.NewRouter(ctx, quiet)}, control: &socket{Socket: zmq4.NewRouter(ctx, quiet)},
		stdin: &socket{Socket: zmq4.NewRouter(ctx, quiet)}, iopub: &socket{Socket: zmq4.NewPub(ctx, quiet)},
		heartbeat: &socket{Socket: zmq4.NewRep(ctx, quiet)},
	}
	for _, e := range []struct {
		socket *socket
		kind   string
		port   int
	}{
		{s.shell, "router", c.Shell}, {s.control, "router", c.Control}, {s.stdin, "router", c.Stdin},
		{s.iopub, "pub", c.IOPub}, {s.heartbeat, "rep", c.Heartbeat},
	} {
		address := net.JoinHostPort(c.IP, strconv.Itoa(e.port))
		if c.Transport == "ipc" {
			address = fmt.Sprintf("%s-%d", c.IP, e.port)
		}
		if err := e.socket.Listen(guardedAddress(e.kind, c.Transport, address)); err != nil {
			s.close()
			return nil, errors.Wrapf(err, "listen on %s", address)
		}
	}
	return s, nil
}

func (s *sockets) close() {
	for _, k := range []*socket{s.shell, s.control, s.stdin, s.iopub, s.heartbeat} {
		_ = k.Close()
	}
}
