// Package bench measures the speed of the machine on the tasks that hocsau is
// compared with PyTorch on.
package bench
