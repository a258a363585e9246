using System.Globalization;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>A request for an answer of a known length, greedy or seeded, so that the answer is always the same.</summary>
/// <param name="Number">Which one; each has another prompt.</param>
/// <param name="Tokens">Tokens of the answer.</param>
/// <param name="Model">The base or an adapter; null for the base.</param>
internal sealed record Question(int Number, int Tokens, string? Model = null)
{
    // Special tokens of the demo model, which no text shows: an answer without them has something to compare to its end.
    private const int Invisible = 5;

    private static readonly string[] Kinds =
    [
        "What is {0} + {1}?", "Compute {0} - {1}.", "Is {0} larger than {1}?", "Write a sentence with {0} words about {1} birds.",
    ];

    /// <summary>Whether the answer is drawn, with a seed, and not chosen.</summary>
    public bool IsSeeded => Number % 2 == 1;

    /// <summary>The conversation so far.</summary>
    public string Text
    {
        get
        {
            string beginning = string.Concat(
                Enumerable.Repeat("The house by the lake has a green door and two chimneys. ", Number % 5 * 2));
            string question = string.Format(CultureInfo.InvariantCulture, Kinds[Number % Kinds.Length], 11 + (7 * Number), 23 + Number);
            return $"{Number}. {beginning}{question}";
        }
    }

    /// <summary>The request's body.</summary>
    public JsonObject Body(bool stream)
    {
        JsonObject body = new()
        {
            ["model"] = Model ?? "",
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Text }),
            ["max_tokens"] = Tokens,
            ["ignore_eos"] = true,
            ["logit_bias"] = new JsonObject(
                Enumerable.Range(0, Invisible).Select(id => KeyValuePair.Create($"{id}", (JsonNode?)JsonValue.Create(-100)))),
            ["temperature"] = IsSeeded ? 0.8 : 0,
            ["stream"] = stream,
        };
        if (IsSeeded)
        {
            body["seed"] = 1000 + Number;
        }

        if (stream)
        {
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        return body;
    }
}
