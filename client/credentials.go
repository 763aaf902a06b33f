package client

// Credentials sign every request, for brokers and name servers that check (ACL 1.0 and 2.0). They are sent as the fields
// AccessKey, SecurityToken and Signature: HMAC-SHA1 over all fields and the body.
//
// Java: acl.common.SessionCredentials (5.5.0).
type Credentials struct {
	AccessKey string
	SecretKey string
	// SecurityToken is that of temporary credentials; may be empty.
	SecurityToken string
}

// String hides the secrets.
func (c Credentials) String() string { return "Credentials{AccessKey: " + c.AccessKey + "}" }

// GoString hides the secrets.
func (c Credentials) GoString() string { return c.String() }
