using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Training.Data;

/// <summary>What a line says, before it is rendered.</summary>
/// <param name="Form">The form that it has.</param>
/// <param name="Request">The chat request in OpenAI's form; null where <paramref name="Text"/> is given.</param>
/// <param name="Arguments">Values of the instruction's places; null is none.</param>
/// <param name="Text">The rendered prompt.</param>
/// <param name="Completion">What is to be answered.</param>
/// <param name="Correct">The member <c>correct</c>.</param>
internal sealed record DataRow(
    RowForm Form, JsonObject? Request, JsonObject? Arguments, string? Text, string Completion, bool? Correct);
