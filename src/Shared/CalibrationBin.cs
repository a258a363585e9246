using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Shared;

/// <summary>The samples of one tenth of the certainties.</summary>
/// <param name="Count">How many.</param>
/// <param name="Certainty">Their mean certainty.</param>
/// <param name="Accuracy">Share of right answers among them.</param>
internal readonly record struct CalibrationBin([property: JsonPropertyName("rows")] int Count, double Certainty, double Accuracy);
