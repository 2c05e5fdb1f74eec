//go:build !amd64 && !arm64

package cpu

func sets() []Set { return []Set{Generic} }
