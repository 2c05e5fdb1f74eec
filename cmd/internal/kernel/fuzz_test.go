package kernel

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse: what arrives on a socket is a message or an error, and a message
// is the one that was signed.
func FuzzParse(f *testing.F) {
	s := signer{[]byte("key")}
	frames, err := s.frames([][]byte{[]byte("id")}, "session", "status", nil, dict{"a": 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.Join(frames, []byte{0}), true)
	f.Add(bytes.Join(frames, []byte{0}), false)
	f.Add([]byte("<IDS|MSG>\x00\x00\x00\x00\x00"), false)
	f.Fuzz(func(t *testing.T, data []byte, signed bool) {
		s := s
		if !signed {
			s.key = nil
		}
		m, err := s.parse(bytes.Split(data, []byte{0}))
		if err != nil {
			return
		}
		answer, err := s.frames(m.ids, m.header.Session, m.header.Type, m.parent, dict{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.parse(answer); err != nil {
			t.Fatalf("the answer cannot be read: %v", err)
		}
		if signed && !bytes.Equal(m.content, frames[len(frames)-1]) {
			t.Fatalf("accepted %q", m.content)
		}
	})
}

// FuzzRequests: the content of a request that runs no code.
func FuzzRequests(f *testing.F) {
	f.Add([]byte(`{"hist_access_type":"search","pattern":"*x?","n":-1,"unique":true}`))
	f.Add([]byte(`{"hist_access_type":"range","start":-9223372036854775808,"stop":0}`))
	f.Add([]byte("{\"code\":\"func f() { `\"}"))
	f.Add([]byte(`{"code":"h\u1ecdc.S","cursor_pos":-7}`))
	k := &Kernel{history: []past{{1, "x := 1"}, {2, "học"}, {3, "x := 1"}}}
	f.Fuzz(func(t *testing.T, content []byte) {
		m := &message{content: content}
		for _, reply := range []dict{k.historyOf(m), isComplete(m)} {
			if _, err := json.Marshal(reply); err != nil {
				t.Fatal(err)
			}
		}
		var c struct {
			Code   string `json:"code"`
			Cursor int    `json:"cursor_pos"`
		}
		if json.Unmarshal(content, &c) != nil {
			return
		}
		if at := byteOf(c.Code, c.Cursor); at < 0 || at > len(c.Code) {
			t.Fatalf("byte %d of %d", at, len(c.Code))
		}
		if n := wholeLetters([]byte(c.Code)); n < 0 || n > len(c.Code) {
			t.Fatalf("%d bytes of %d", n, len(c.Code))
		}
	})
}

func FuzzFits(f *testing.F) {
	f.Add("a*b?c", "axxbxc")
	f.Add("*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		fits(pattern, text)
		if !fits("*", text) || !fits("*"+text+"*", text) {
			t.Fatalf("%q does not fit itself", text)
		}
	})
}

func FuzzReadConnection(f *testing.F) {
	f.Add([]byte(`{"transport":"tcp","ip":"127.0.0.1","key":"k","signature_scheme":"hmac-sha256","shell_port":1,"control_port":2,"stdin_port":3,"iopub_port":4,"hb_port":5}`))
	f.Add([]byte(`{"transport":"ipc","shell_port":-1}`))
	path := filepath.Join(f.TempDir(), "c.json")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		c, err := ReadConnection(path)
		if err != nil {
			return
		}
		for _, port := range []int{c.Shell, c.Control, c.Stdin, c.IOPub, c.Heartbeat} {
			if port < 1 || port > 1<<16-1 {
				t.Fatalf("port %d", port)
			}
		}
	})
}
