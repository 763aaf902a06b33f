// Package rpchook has the stock hooks of remoting clients. Register a hook that signs a request last, as a signature covers every field.
package rpchook

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"slices"

	"github.com/plumemq/plume/remoting/protocol"
)

// The fields of a signed request.
const (
	fieldAccessKey     = "AccessKey"
	fieldSecurityToken = "SecurityToken"
	fieldSignature     = "Signature"
)

// Credentials are what ACL signs with. SecurityToken may be empty.
type Credentials struct{ AccessKey, SecretKey, SecurityToken string }

// acl is the hook that ACL makes.
type acl struct{ credentials Credentials }

// ACL returns a hook that signs requests, as brokers and name servers with access control demand (ACL 1.0 and 2.0): it adds AccessKey,
// SecurityToken if there is one, and Signature, the base64 of an HMAC-SHA1 over the values of all other fields in the order of their
// names, and the body. Register it last: fields added later are not signed, and make the signature wrong.
//
// Java: acl.common.AclClientRPCHook (5.5.0).
func ACL(c Credentials) acl { return acl{c} }

// DoBeforeRequest signs req.
func (a acl) DoBeforeRequest(_ context.Context, _ string, req *protocol.RemotingCommand) error {
	req.MaterializeHeader()
	req.ExtFields.Set(fieldAccessKey, a.credentials.AccessKey)
	if a.credentials.SecurityToken != "" {
		req.ExtFields.Set(fieldSecurityToken, a.credentials.SecurityToken)
	}
	req.ExtFields.Set(fieldSignature, calSignature(req, a.credentials.SecretKey))
	return nil
}

// DoAfterResponse does nothing.
func (acl) DoAfterResponse(context.Context, string, *protocol.RemotingCommand, *protocol.RemotingCommand) {
}

// calSignature covers every field but the signature.
//
// Java: acl.common.AclUtils#combineRequestContent, acl.common.AclSigner#calSignature (5.5.0).
func calSignature(req *protocol.RemotingCommand, secret string) string {
	fields := slices.Clone(req.ExtFields)
	slices.SortFunc(fields, func(x, y protocol.Field) int { return cmp.Compare(x.Key, y.Key) })
	mac := hmac.New(sha1.New, []byte(secret))
	for _, f := range fields {
		if f.Key != fieldSignature {
			mac.Write([]byte(f.Value))
		}
	}
	mac.Write(req.Body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
