// Counts to 15, and says so.
module counter(input clock, input reset, output reg [3:0] count, output is_full);
    always @(posedge clock)
        if (reset) count <= 0;
        else count <= count + 1;
    assign is_full = &count;
endmodule
