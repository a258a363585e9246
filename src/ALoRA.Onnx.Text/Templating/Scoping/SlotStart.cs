namespace ALoRA.Onnx.Templating.Scoping;

/// <summary>What a variable holds when its scope is entered.</summary>
internal readonly record struct SlotStart(SlotStartKind Kind, int OuterDepth = 0, int OuterSlot = 0);
