using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Server.Errors;
using Microsoft.AspNetCore.Http;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>Fields of a request that mean nothing here: refused where that is asked for, else named in a header.</summary>
internal sealed class IgnoredFields
{
    /// <summary>The header.</summary>
    public const string Header = "x-alora-ignored-fields";

    private const int MaxNames = 32;
    private const int MaxNameLength = 64;

    private readonly List<string> _names = [];

    /// <summary>Adds what an object has beyond its known fields; null is as good as missing.</summary>
    public void Add(Dictionary<string, JsonElement>? others, string prefix = "")
    {
        foreach ((string name, JsonElement value) in others ?? [])
        {
            if (value.ValueKind != JsonValueKind.Null)
            {
                _names.Add(prefix + name);
            }
        }
    }

    /// <summary>Adds a known field that has no effect here.</summary>
    public void Add(string name) => _names.Add(name);

    /// <summary>Refuses them, or names them in the answer.</summary>
    /// <exception cref="ApiError">400: there are some, and the server is strict.</exception>
    public void Report(HttpContext context, bool isStrict)
    {
        if (_names.Count == 0)
        {
            return;
        }

        if (isStrict)
        {
            throw ApiError.Invalid(
                $"Unknown field '{_names[0]}'. This server refuses what it would ignore; take the field out.", _names[0], "unknown_field");
        }

        context.Response.Headers[Header] = string.Join(", ", _names.Take(MaxNames).Select(Printable));
    }

    // Names come from whoever asks: nothing of them may end the header or be longer than headers are.
    private static string Printable(string name)
    {
        StringBuilder text = new();
        foreach (char letter in name.AsSpan(0, Math.Min(name.Length, MaxNameLength)))
        {
            text.Append(char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or '[' or ']' ? letter : '?');
        }

        return text.ToString();
    }
}
