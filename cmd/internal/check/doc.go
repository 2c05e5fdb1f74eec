// Package check holds the commands that test a model before it is trained.
package check
