package download_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/hocsau/hocsau/datasets/download"
)

func ExampleFetch() {
	mirror := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("hello"))
	}))
	defer mirror.Close()
	dir, err := os.MkdirTemp("", "download")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	path := filepath.Join(dir, "hello.txt")
	err = download.Fetch(context.Background(), download.File{
		Path: path,
		URLs: []string{mirror.URL + "/hello.txt"},
		Sum:  "md5:5d41402abc4b2a76b9719d911017c592",
	}, download.Options{})
	content, readErr := os.ReadFile(path)
	fmt.Printf("%s %v %v\n", content, err, readErr)
	// Output: hello <nil> <nil>
}
