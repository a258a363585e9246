namespace ALoRA.Onnx.Serving.Requests;

/// <summary>What a request that waits finds of its prompt.</summary>
/// <param name="Rows">Rows that are there.</param>
/// <param name="Computing">Who computes more of them, or is going to before this request gets a slot; null for nobody.</param>
/// <param name="RowsToCome">Rows that this one has then.</param>
internal readonly record struct KnownRows(int Rows, LiveRequest? Computing, int RowsToCome);
