//go:build !unix

package download_test

import "errors"

func pipe(string, string) error { return errors.New("no pipes there") }
