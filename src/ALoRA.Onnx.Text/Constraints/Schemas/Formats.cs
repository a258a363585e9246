using System.Collections.Frozen;
using System.Text.Json;
using ALoRA.Onnx.Constraints.Schemas.StringFormats;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>The values of <c>format</c> that are enforced: those of the drafts 4 to 2020-12. All others are annotations.</summary>
internal static class Formats
{
    // Automata are made once for the process: they do not depend on a schema, and some have a thousand states.
    private static readonly FrozenDictionary<string, StringFormat> Known = new Dictionary<string, StringFormat>
    {
        ["date"] = new(TimePatterns.Date, isExact: true),
        ["time"] = new(TimePatterns.Time, isExact: false),
        ["date-time"] = new(TimePatterns.DateTime, isExact: false),
        ["duration"] = new(TimePatterns.Duration, isExact: true),
        ["email"] = new(HostPatterns.Email, isExact: false),
        ["idn-email"] = new(HostPatterns.InternationalEmail, isExact: false),
        ["hostname"] = new(HostPatterns.HostName, isExact: false),
        ["idn-hostname"] = new(HostPatterns.InternationalHostName, isExact: false),
        ["ipv4"] = new(HostPatterns.IPv4, isExact: true),
        ["ipv6"] = new(HostPatterns.IPv6, isExact: true),
        ["uri"] = new(UriPatterns.Uri, isExact: true),
        ["uri-reference"] = new(UriPatterns.UriReference, isExact: true),
        ["iri"] = new(UriPatterns.Iri, isExact: true),
        ["iri-reference"] = new(UriPatterns.IriReference, isExact: true),
        ["uri-template"] = new(UriPatterns.UriTemplate, isExact: false),
        ["uuid"] = new(PointerPatterns.Uuid, isExact: true),
        ["json-pointer"] = new(PointerPatterns.JsonPointer, isExact: true),
        ["relative-json-pointer"] = new(PointerPatterns.RelativeJsonPointer, isExact: false),
        ["regex"] = new(PointerPatterns.Regex, isExact: false),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The names of all formats that are enforced.</summary>
    public static IEnumerable<string> Names => Known.Keys;

    /// <summary>The format that a schema names; null for one that says nothing.</summary>
    /// <exception cref="JsonSchemaException">The value is no string.</exception>
    public static StringFormat? Find(SchemaLocation value) => value.Element.ValueKind == JsonValueKind.String
        ? Known.GetValueOrDefault(value.Element.GetString()!)
        : throw value.Error($"expected the name of a format as a string, got {SchemaText.Kind(value.Element)}.");
}
