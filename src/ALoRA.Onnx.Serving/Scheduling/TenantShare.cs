namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>What a tenant has had.</summary>
/// <param name="Time">Its virtual time: rows that were computed for it, of those that were there when it came.</param>
/// <param name="LastAdmission">Step in which a request of it was last admitted.</param>
internal readonly record struct TenantShare(double Time, long LastAdmission);
