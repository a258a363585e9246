using System.Globalization;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.ServerLoad;

/// <summary>What is asked: few questions many times, so that each answer can be compared with that of the question alone.</summary>
internal static class Questions
{
    private static readonly string[] Kinds =
    [
        "What is {0} + {1}?", "Compute {0} - {1}.", "Is {0} larger than {1}?", "Write a sentence with {0} words about {1} birds.",
    ];

    /// <summary>Different questions for each model.</summary>
    public const int Count = 12;

    /// <summary>A request's body.</summary>
    public static JsonObject Body(string model, int number, int tokens, bool stream)
    {
        string question = string.Format(CultureInfo.InvariantCulture, Kinds[number % Kinds.Length], 11 + (7 * number), 23 + number);
        string text = string.Concat(Enumerable.Repeat("The house by the lake has a green door and two chimneys. ", number % 5 * 4));
        JsonObject body = new()
        {
            ["model"] = model,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text + question }),
            ["max_tokens"] = tokens,
            ["temperature"] = 0,
            ["stream"] = stream,
        };
        if (stream)
        {
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        }

        return body;
    }
}
