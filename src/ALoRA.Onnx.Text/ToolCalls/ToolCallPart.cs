using System.Text.Json;

namespace ALoRA.Onnx;

/// <summary>A call that was read.</summary>
/// <param name="Name">The function's name, not empty; whether there is such a function is not checked.</param>
/// <param name="Arguments">The arguments, an object; without members if the model gave none.</param>
/// <param name="Id">The id that the model gave; null if it gave none or an empty one.</param>
public sealed record ToolCallPart(string Name, JsonElement Arguments, string? Id) : AnswerPart;
