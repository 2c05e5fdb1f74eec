package download_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/download"
)

// content is 100 kB in which every place differs from its neighbours.
func content() []byte {
	b := make([]byte, 100_000)
	for i := range b {
		b[i] = byte(i*i>>7 ^ i)
	}
	return b
}

func sha(b []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(b)) }

// server answers with handle and records what it was asked.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	ranges []string // the Range header of each request, "" without
}

func serve(t *testing.T, handle http.HandlerFunc) *server {
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		s.mu.Unlock()
		handle(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// whole serves b with ranges and a strong ETag.
func whole(b []byte, etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if etag != "" {
			w.Header().Set("ETag", etag)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
	}
}

// cut announces all of b and hangs up after n bytes.
func cut(b []byte, n int, etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", etag)
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		_, _ = w.Write(b[:n]) // the client sees what is missing
		panic(http.ErrAbortHandler)
	}
}

// firstly answers the first n requests with a, later ones with b.
func firstly(n int, a, b http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n--
		first := n >= 0
		mu.Unlock()
		if first {
			a(w, r)
			return
		}
		b(w, r)
	}
}

func missing(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusNotFound) }

func check(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s holds %d bytes, not the %d served", path, len(got), len(want))
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if base := filepath.Base(path); e.Name() != base && e.Name() != "."+base+".have.json" {
			t.Errorf("folder holds %v, expected the file and what was fetched alone", entries)
		}
	}
}

func TestFetch(t *testing.T) {
	b := content()
	other := append([]byte(nil), b...)
	other[7]++
	for _, c := range []struct {
		name    string
		mirrors []http.HandlerFunc
		noSum   bool
		size    int64
		asked   []int // requests to each mirror
		said    string
	}{
		{name: "plain", mirrors: []http.HandlerFunc{whole(b, "")}, asked: []int{1}},
		{name: "not found, then the mirror", mirrors: []http.HandlerFunc{missing, whole(b, "")}, asked: []int{1, 1}},
		{name: "wrong content, then the mirror", mirrors: []http.HandlerFunc{whole(other, ""), whole(b, "")}, asked: []int{1, 1}},
		{name: "cut off, continued", mirrors: []http.HandlerFunc{firstly(1, cut(b, 60_000, `"1"`), whole(b, `"1"`))}, asked: []int{2}},
		{name: "cut off, changed meanwhile", mirrors: []http.HandlerFunc{firstly(1, cut(other, 60_000, `"1"`), whole(b, `"2"`))}, asked: []int{2}},
		{name: "cut off, changed under one tag", mirrors: []http.HandlerFunc{firstly(1, cut(other, 60_000, `"1"`), whole(b, `"1"`))}, asked: []int{3}},
		{name: "always cut off", mirrors: []http.HandlerFunc{cut(b, 60_000, `"1"`)}, asked: []int{3}, said: "after 60000 of 100000 bytes"},
		{name: "cut off, continued by the mirror", mirrors: []http.HandlerFunc{cut(b, 60_000, `"1"`), whole(b, `"x"`)}, asked: []int{3, 1}},
		{name: "no checksum", noSum: true, mirrors: []http.HandlerFunc{whole(b, "")}, asked: []int{1}},
		{name: "no checksum, the mirror starts again", noSum: true, mirrors: []http.HandlerFunc{cut(other, 60_000, `"1"`), whole(b, `"1"`)}, asked: []int{3, 1}},
		{name: "ranges ignored", mirrors: []http.HandlerFunc{firstly(1, cut(b, 60_000, `"1"`), func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(b)
		})}, asked: []int{2}},
		{name: "server error passes", mirrors: []http.HandlerFunc{firstly(2, func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "busy", http.StatusServiceUnavailable)
		}, whole(b, ""))}, asked: []int{3}},
		{name: "wrong checksum", mirrors: []http.HandlerFunc{whole(other, "")}, asked: []int{1}, said: "wrong checksum"},
		{name: "every mirror fails", mirrors: []http.HandlerFunc{missing, whole(other, "")}, asked: []int{1, 1}, said: "no mirror of 2 has it"},
		{name: "wrong size offered", size: 99_999, mirrors: []http.HandlerFunc{whole(b, "")}, asked: []int{1}, said: "100000 bytes offered, expected 99999"},
		{name: "endless", size: 99_999, mirrors: []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush() // no length
			for range 10 {
				_, _ = w.Write(b)
			}
		}}, asked: []int{1}, said: "more than the expected 99999 bytes"},
		{name: "too short without length", size: 100_001, mirrors: []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write(b)
		}}, asked: []int{1}, said: "100000 bytes received, expected 100001"},
		{name: "range of another place", mirrors: []http.HandlerFunc{firstly(1, cut(b, 60_000, `"1"`), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 0-99999/100000")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(b)
		})}, asked: []int{2}, said: "bytes from 0 on received, asked for those from 60000 on"},
		{name: "range that is none", mirrors: []http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 9-1/x")
			w.WriteHeader(http.StatusPartialContent)
		}}, asked: []int{1}, said: `Content-Range "bytes 9-1/x"`},
		{name: "range not satisfiable", mirrors: []http.HandlerFunc{firstly(1, cut(b, 60_000, `"1"`),
			firstly(1, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			}, whole(b, "")))}, asked: []int{3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := download.File{Path: filepath.Join(t.TempDir(), "set", "file.gz"), Sum: sha(b), Size: c.size}
			if c.noSum {
				f.Sum = ""
			}
			var servers []*server
			for _, handle := range c.mirrors {
				s := serve(t, handle)
				servers = append(servers, s)
				f.URLs = append(f.URLs, s.URL+"/file.gz")
			}
			err := download.Fetch(context.Background(), f, download.Options{})
			if c.said != "" {
				if err == nil || !strings.Contains(err.Error(), c.said) {
					t.Fatalf("error %v, expected %q in it", err, c.said)
				}
				if !strings.Contains(err.Error(), "download file.gz") {
					t.Errorf("error %v does not name the file", err)
				}
				if _, err := os.Stat(f.Path); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("a file is at the final name: %v", err)
				}
			} else {
				if err != nil {
					t.Fatal(err)
				}
				check(t, f.Path, b)
			}
			for i, s := range servers {
				if len(s.ranges) != c.asked[i] {
					t.Errorf("mirror %d was asked %d times (%q), expected %d", i, len(s.ranges), s.ranges, c.asked[i])
				}
			}
		})
	}
}

func TestFetch_resumesAfterAKill(t *testing.T) {
	b := content()
	path := filepath.Join(t.TempDir(), "file")
	ctx, cancel := context.WithCancel(context.Background())
	release := make(chan struct{})
	first := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		_, _ = w.Write(b[:40_000])
		_ = http.NewResponseController(w).Flush()
		<-release
	})
	f := download.File{Path: path, URLs: []string{first.URL}, Sum: sha(b)}
	err := download.Fetch(ctx, f, download.Options{Progress: func(done, total int64) {
		if total != int64(len(b)) {
			t.Errorf("progress of %d bytes, expected %d", total, len(b))
		}
		if done == 40_000 {
			cancel()
		}
	}})
	close(release)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, expected %v", err, context.Canceled)
	}
	second := serve(t, whole(b, `"1"`))
	f.URLs = []string{second.URL}
	var seen []int64
	if err := download.Fetch(context.Background(), f, download.Options{Progress: func(done, _ int64) {
		seen = append(seen, done)
	}}); err != nil {
		t.Fatal(err)
	}
	check(t, path, b)
	if second.ranges[0] != "bytes=40000-" {
		t.Errorf("asked for %q, expected bytes=40000-", second.ranges[0])
	}
	if seen[0] <= 40_000 || seen[len(seen)-1] != int64(len(b)) {
		t.Errorf("progress from %d to %d, expected from above 40000 to %d", seen[0], seen[len(seen)-1], len(b))
	}
}

func TestFetch_wholePartIsOnlyRenamed(t *testing.T) {
	b := content()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".file.part"), b, 0o644); err != nil {
		t.Fatal(err)
	}
	s := serve(t, missing)
	f := download.File{Path: filepath.Join(dir, "file"), URLs: []string{s.URL}, Sum: sha(b), Size: int64(len(b))}
	if err := download.Fetch(context.Background(), f, download.Options{}); err != nil {
		t.Fatal(err)
	}
	check(t, f.Path, b)
	if len(s.ranges) != 0 {
		t.Errorf("the server was asked %d times", len(s.ranges))
	}
}

func TestFetch_present(t *testing.T) {
	b := content()
	path := filepath.Join(t.TempDir(), "file")
	s := serve(t, whole(b, ""))
	f := download.File{Path: path, URLs: []string{s.URL}, Sum: fmt.Sprintf("md5:%x", md5.Sum(b))}
	if err := os.WriteFile(path, []byte("something else"), 0o644); err != nil {
		t.Fatal(err)
	}
	err := download.Fetch(context.Background(), f, download.Options{Offline: true})
	if !errors.Is(err, download.ErrOffline) || !strings.Contains(err.Error(), s.URL) {
		t.Fatalf("error %v, expected %v with the address", err, download.ErrOffline)
	}
	if err := download.Fetch(context.Background(), f, download.Options{}); err != nil {
		t.Fatal(err)
	}
	check(t, path, b)
	if err := download.Fetch(context.Background(), f, download.Options{Offline: true}); err != nil {
		t.Errorf("a file that is there needs no network: %v", err)
	}
	if len(s.ranges) != 1 {
		t.Errorf("the server was asked %d times, expected once", len(s.ranges))
	}
}

func TestFetch_stall(t *testing.T) {
	b := content()
	release := make(chan struct{})
	slow := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-release
	})
	defer close(release)
	quick := serve(t, whole(b, ""))
	f := download.File{Path: filepath.Join(t.TempDir(), "file"), URLs: []string{slow.URL, quick.URL}, Sum: sha(b)}
	if err := download.Fetch(context.Background(), f, download.Options{Stall: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	check(t, f.Path, b)
	f.Path, f.URLs = f.Path+"2", f.URLs[:1]
	err := download.Fetch(context.Background(), f, download.Options{Stall: 20 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "no byte for 20ms") {
		t.Errorf("error %v, expected one that tells of the silence", err)
	}
}

func TestFetch_badArguments(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "plain")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := serve(t, whole(content(), ""))
	for _, c := range []struct {
		name string
		f    download.File
		said string
	}{
		{"checksum of no kind", download.File{Path: dir + "/x", Sum: "abc"}, `checksum "abc", expected sha256:`},
		{"checksum too short", download.File{Path: dir + "/x", Sum: "md5:00"}, "expected sha256:"},
		{"no address", download.File{Path: dir + "/x"}, "no address is known"},
		{"a folder is there", download.File{Path: dir}, "is no file"},
		{"folder below a file", download.File{Path: file + "/x", URLs: []string{s.URL}}, "not a directory"},
		{"no server", download.File{Path: dir + "/x", URLs: []string{"http://127.0.0.1:1/x"}}, "127.0.0.1:1"},
		{"no such protocol", download.File{Path: dir + "/x", URLs: []string{"gopher://x/"}}, "unsupported protocol"},
		{"part cannot be written", download.File{Path: dir + "/blocked", URLs: []string{s.URL, s.URL}}, ".blocked.part is a folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.name == "part cannot be written" {
				if err := os.Mkdir(filepath.Join(dir, ".blocked.part"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			err := download.Fetch(context.Background(), c.f, download.Options{})
			if err == nil || !strings.Contains(err.Error(), c.said) {
				t.Errorf("error %v, expected %q in it", err, c.said)
			}
		})
	}
}
