// Package exchange holds the commands for models of other frameworks.
package exchange
