package kernel

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"
	"time"

	"github.com/pkg/errors"
)

// protocol is the version of the messages.
const protocol = "5.3"

// delimiter stands between the routing frames and the message.
const delimiter = "<IDS|MSG>"

// header is the first part of a message.
type header struct {
	ID       string `json:"msg_id"`
	Session  string `json:"session"`
	Username string `json:"username"`
	Date     string `json:"date"`
	Type     string `json:"msg_type"`
	Version  string `json:"version"`
}

// message is a message of the protocol.
type message struct {
	ids       [][]byte  // routing
	signature string    // empty where there is no key
	arrived   time.Time // when it was read; zero for one that is not read from a socket
	header    header
	parent    json.RawMessage // the header as it came, which answers carry as their parent
	content   json.RawMessage
}

// dict is a JSON object.
type dict = map[string]any

// signer signs messages with the key of the connection.
type signer struct{ key []byte }

func (s signer) sign(parts ...[]byte) []byte {
	if len(s.key) == 0 {
		return nil
	}
	mac := hmac.New(sha256.New, s.key)
	for _, p := range parts {
		mac.Write(p)
	}
	return []byte(hex.EncodeToString(mac.Sum(nil)))
}

// parse reads the frames of a message: ids…, delimiter, signature, header,
// parent, metadata, content, buffers….
func (s signer) parse(frames [][]byte) (*message, error) {
	at := -1
	for i, f := range frames {
		if string(f) == delimiter {
			at = i
			break
		}
	}
	if at < 0 || len(frames) < at+6 {
		return nil, errors.Errorf("message of %d frames, expected routing, <IDS|MSG>, a signature and four parts", len(frames))
	}
	parts := frames[at+2 : at+6]
	if want := s.sign(parts...); !hmac.Equal(want, frames[at+1]) && len(s.key) > 0 {
		return nil, errors.New("message with a wrong signature")
	}
	m := &message{ids: frames[:at], parent: parts[0], content: parts[3]}
	if len(s.key) > 0 {
		m.signature = string(frames[at+1])
	}
	if err := json.Unmarshal(parts[0], &m.header); err != nil {
		return nil, errors.Wrap(err, "message header")
	}
	return m, nil
}

// mostSignatures is how many signatures are remembered, as other kernels do.
const mostSignatures = 1 << 16

// signatures are those of the last messages. Somebody who overhears a message
// cannot sign another one, but could send it again.
type signatures struct {
	mu    sync.Mutex
	known map[string]bool
	order []string // a ring, once it is full
	next  int
}

// add is false for a signature that is known. Messages without one are all new.
func (s *signatures) add(signature string) bool {
	if signature == "" {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known[signature] {
		return false
	}
	if s.known == nil {
		s.known = map[string]bool{}
	}
	s.known[signature] = true
	if len(s.order) < mostSignatures {
		s.order = append(s.order, signature)
		return true
	}
	delete(s.known, s.order[s.next])
	s.order[s.next] = signature
	s.next = (s.next + 1) % mostSignatures
	return true
}

// frames writes a message of a type with content, in answer to parent.
func (s signer) frames(ids [][]byte, session, kind string, parent json.RawMessage, content any) ([][]byte, error) {
	h, err := json.Marshal(header{
		ID: newID(), Session: session, Username: "kernel", Date: time.Now().UTC().Format(time.RFC3339Nano), Type: kind, Version: protocol,
	})
	if err != nil {
		return nil, err
	}
	c, err := json.Marshal(content)
	if err != nil {
		return nil, errors.Wrapf(err, "message %s", kind)
	}
	if parent == nil {
		parent = json.RawMessage("{}")
	}
	meta := []byte("{}")
	out := append([][]byte{}, ids...)
	return append(out, []byte(delimiter), s.sign(h, parent, meta, c), h, parent, meta, c), nil
}

// newID returns a random identifier.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
