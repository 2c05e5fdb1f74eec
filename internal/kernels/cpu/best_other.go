//go:build !amd64

package cpu

func best() Set { return Generic }
