"""Networks as plain data: layers, shapes, costs, and the float arrays that belong to a trained one."""
