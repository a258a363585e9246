using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>
/// Ports of this machine that nobody listens at. Somebody else may take one before it is used, which the start then says.
/// </summary>
internal static class FreePorts
{
    public static int Next()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Waits until a process listens at a port; fails if it ends before.</summary>
    public static async Task WaitForListenerAsync(int port, Process process, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync("127.0.0.1", port, cancellationToken);
                return;
            }
            catch (SocketException) when (!process.HasExited)
            {
                await Task.Delay(20, cancellationToken);
            }
        }
    }
}
