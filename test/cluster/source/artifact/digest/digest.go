// Package digest says which algorithm names an artifact.
package digest

import (
	"fmt"

	"github.com/opencontainers/go-digest"
)

// Canonical is what every artifact is named by; source-controller sets it once, from its flag.
var Canonical = digest.SHA256

// AlgorithmForName finds an algorithm by the name that the flag takes.
func AlgorithmForName(name string) (digest.Algorithm, error) {
	if algorithm := digest.Algorithm(name); algorithm.Available() {
		return algorithm, nil
	}
	return "", fmt.Errorf("no such digest algorithm: %s", name)
}
